// Forms that ask the browser for a passkey: data-passkey says whether to make or to use one, and
// data-options what the server asks for. Without script, or passkeys, the form stays away.
(function () {
  "use strict";
  const known = window.PublicKeyCredential && window.webauthnJSON;
  document.querySelectorAll("[data-passkey-absent]").forEach(function (words) {
    words.hidden = Boolean(known);
  });
  if (!known) {
    return;
  }
  document.querySelectorAll("form[data-passkey]").forEach(function (form) {
    const failed = form.querySelector("[data-passkey-failed]");
    form.hidden = false;
    form.addEventListener("submit", async function (event) {
      const name = form.elements.namedItem("name");
      if (form.elements.namedItem("credential").value || (name && !name.value.trim())) {
        return;
      }
      event.preventDefault();
      failed.hidden = true;
      try {
        const ask = window.webauthnJSON[form.dataset.passkey];
        const answer = await ask(JSON.parse(form.dataset.options));
        form.elements.namedItem("credential").value = JSON.stringify(answer);
        form.submit();
      } catch {
        failed.hidden = false;
        failed.focus();
      }
    });
  });
})();
