"""What was merged into another topic is read there, as on the pages. Only reading is led on: who sends something sees
first where to."""

from django.http import Http404, HttpResponseBase
from django.urls import reverse

from core.numbers import number_in
from forum.addresses import lead_to, taken_by


class LedOnMixin:
    """Of the view sets at `topics/{id}/` and below."""

    topic_kwarg = "topic_id"

    def handle_exception(self, exc: Exception) -> HttpResponseBase:
        if isinstance(exc, Http404) and self.request.method in {"GET", "HEAD"} and (url := self._led_to()):
            return lead_to(url)
        return super().handle_exception(exc)

    def _led_to(self) -> str:
        """The same of the topic that has the posts now; "" where there is none that the member may see.

        A cursor or version of the old topic means nothing there, so everything is told anew.
        """
        gone = number_in(str(self.kwargs.get(self.topic_kwarg, "")))
        other = taken_by(self.request.user, gone) if gone else None
        if other is None:
            return ""
        there = {**self.kwargs, self.topic_kwarg: other.pk}
        url = reverse(self.request.resolver_match.view_name, kwargs=there)
        return f"{url}?since=0" if self.action == "changes" else url
