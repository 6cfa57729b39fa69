from django import template

from audit.registry import label_of

register = template.Library()
register.filter("deed", label_of)
