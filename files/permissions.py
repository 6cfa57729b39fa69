from django.utils.translation import gettext as _

from core.errors import YES, Verdict, no
from files.models import StoredFile


def can_serve(file: StoredFile) -> Verdict:
    """Whether the bytes may go out at all: only once they were checked and found clean."""
    if file.scan == StoredFile.Scan.PENDING:
        return no(_("This file is still being checked. Try again in a minute."))
    if file.scan == StoredFile.Scan.INFECTED:
        return no(_("The scanner found something harmful in this file. It cannot be downloaded."))
    return YES
