from typing import Any

from django import template

from accounts.oidc.models import Identity
from accounts.oidc.provider import configured

register = template.Library()


@register.inclusion_tag("oidc/_button.html", takes_context=True)
def identity_provider_button(context: dict[str, Any]) -> dict[str, Any]:
    """For the pages of visitors: nothing where no provider is configured."""
    request = context["request"]
    following = request.POST.get("next") or request.GET.get("next", "")
    return {"provider": configured(), "following": following, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("oidc/_identity.html", takes_context=True)
def identity_of_member(context: dict[str, Any]) -> dict[str, Any]:
    """For the page of one's security."""
    provider = configured()
    member = context["request"].user
    linked = provider and Identity.objects.filter(member=member, issuer=provider.issuer).first()
    return {"provider": provider, "identity": linked}
