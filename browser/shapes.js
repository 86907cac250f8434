// All by which axe judges a page, but how often it stands there. Of each element: what it stands
// in, its classes and attributes, whether it has words and labels, whether what it refers to is
// there, and whether it is seen. Beside that which heading follows on which, landmarks of one name,
// and an id that stands there twice.
() => {
  const withValue = /^(role|style|type|scope|lang|dir|tabindex|autocomplete|aria-(?!label|desc|control|owns|active).*)$/;
  const reference = /^(for|headers|aria-(labelledby|describedby|controls|owns|activedescendant))$/;
  const landmark = /^(NAV|ASIDE|SECTION|FORM|HEADER|FOOTER|MAIN)$/;
  const shapes = new Set(), paths = new Map(), ids = new Set(), landmarks = new Map();
  let heading = "";

  const isThere = id => Boolean(document.getElementById(id));
  const worth = ({name, value}) => {
    if (withValue.test(name)) return value;
    if (reference.test(name)) return value.split(/\s+/).every(isThere);
    if (name === "href" && value[0] === "#") return isThere(value.slice(1));
    return value.trim() !== "";
  };

  for (const one of document.querySelectorAll("*")) {
    // Rows of a table have the colours of odd and even ones.
    const turn = one.tagName === "TR" ? one.rowIndex % 2 : "";
    const classes = [...one.classList].sort().join(".");
    const path = `${paths.get(one.parentElement) || ""}>${one.tagName}${turn}.${classes}`;
    paths.set(one, path);
    const attributes = [...one.attributes].filter(({name}) => name !== "class")
      .map(attribute => `${attribute.name}=${worth(attribute)}`).sort();
    const ownWords = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    const words = one.textContent.trim() !== "";
    const seen = one.checkVisibility({visibilityProperty: true});
    const states = [ownWords, words, seen, one.labels?.length, one.disabled, one.checked];
    shapes.add(`${path}[${attributes}](${states})`);
    if (/^H[1-6]$/.test(one.tagName)) {
      shapes.add(`${heading} before ${one.tagName}`);
      heading = one.tagName;
    }
    if (landmark.test(one.tagName)) {
      const name = `${one.tagName} ${one.getAttribute("aria-label")}`;
      landmarks.set(name, (landmarks.get(name) || 0) + 1);
    }
    // Such a page is always judged.
    if (one.id && ids.has(one.id)) shapes.add(`twice #${one.id} at ${location}`);
    ids.add(one.id);
  }
  for (const [name, count] of landmarks) shapes.add(`${Math.min(count, 2)} of ${name}`);
  return [...shapes];
}
