from django.forms.renderers import TemplatesSetting
from django.forms.utils import ErrorList


class FormRenderer(TemplatesSetting):
    """Every `{{ form }}` is drawn with the templates in `templates/forms/`."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"


ErrorList.template_name = "forms/errors.html"
