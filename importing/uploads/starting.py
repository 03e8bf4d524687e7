"""Imports of uploaded files: checked before they are queued, and never queued twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from importing.errors import BadFile, for_browser
from importing.registry import import_kind
from importing.running import unfinished
from importing.uploads.opening import read_headings
from importing.uploads.reading_options import ReadingOptions, saved_mapping, with_saved
from importing.uploads.recognising import Candidate, group_files, guess_kind
from importing.uploads.storing import hold_uploads, prolong
from importing.writing.turns import in_turn
from membership.errors import Conflict, rejected
from membership.models import ImportReport, Upload
from membership.wording import in_words


def start_import(
    *, uploads: Sequence[Upload], options: ReadingOptions, dry_run: bool
) -> tuple[ImportReport, bool]:
    """Queue the import of one export's files, and say whether it is new: one under way is returned.

    The caller sends ``report.task_name`` after the commit. Raises Rejected, Conflict.
    """
    options = complete_options(uploads=uploads, options=options)
    first, *others = _complete(uploads)
    stored = options.as_json(joins=[upload.path for upload in others])
    with in_turn(first.sha256):
        hold_uploads(uploads)
        report = unfinished(kind=options.kind, sha256=first.sha256, options=stored, dry_run=dry_run)
        if report is not None:
            return report, False
        report = ImportReport.objects.create(
            kind=options.kind, file_name=first.name[-255:], file_path=str(first.path),
            file_sha256=first.sha256, options=stored, dry_run=dry_run,
        )  # fmt: skip
        report.uploads.set(uploads)
    for upload in uploads:
        prolong(upload=upload)
    return report, True


def import_checked(*, report: ImportReport) -> tuple[ImportReport, bool]:
    """The import that a finished check announced: the same files, read the same way."""
    uploads = list(report.uploads.order_by("id"))
    known = {str(one.path) for one in uploads if one.path.is_file()}
    if not known.issuperset([report.file_path, *report.options["joins"]]):
        raise Conflict(_("The file of this check was removed; upload it again."))
    with in_turn(report.file_sha256):
        hold_uploads(uploads)
        under_way = unfinished(
            kind=report.kind, sha256=report.file_sha256, options=report.options, dry_run=False
        )
        if under_way is not None:
            return under_way, False
        made = ImportReport.objects.create(
            kind=report.kind, file_name=report.file_name, file_path=report.file_path,
            file_sha256=report.file_sha256, options=report.options, dry_run=False,
        )  # fmt: skip
        made.uploads.set(uploads)
    for upload in uploads:
        prolong(upload=upload)
    return made, True


def complete_options(*, uploads: Sequence[Upload], options: ReadingOptions) -> ReadingOptions:
    """With the saved mapping of these headings, and the kind that they tell. Raises Rejected."""
    headings = headings_of(_complete(uploads))
    options = with_saved(options, saved=saved_mapping(headings=headings, kind=options.kind))
    if options.kind:
        _demand_kind(options.kind)
        return options
    guess = guess_kind(headings)
    if guess is None:
        raise rejected("kind", _("The headings fit no kind of file that can be imported; choose the kind."))
    return replace(options, kind=guess.kind)


def headings_of(uploads: Sequence[Upload]) -> list[str]:
    """All headings of the files, each once. Raises Rejected."""
    try:
        return list(dict.fromkeys(name for one in uploads for name in read_headings(one.path)))
    except BadFile as error:
        raise rejected("uploads", for_browser(error)) from error


@dataclass(frozen=True)
class Group:
    """Uploads that are imported together, and what their headings look like."""

    uploads: list[Upload]
    kind: str
    recognised: str

    @property
    def label(self) -> str:
        return str(ImportReport.Kind(self.kind).label) if self.kind else ""


def grouped(uploads: Sequence[Upload]) -> list[Group]:
    """Complete uploads, the parts of one export side by side, in the order of their import."""
    by_key = {str(upload.public_id): upload for upload in uploads if upload.is_complete}
    headings = {key: _readable(upload) for key, upload in by_key.items()}
    groups = []
    for keys in group_files([Candidate(key, names) for key, names in headings.items()]):
        guess = guess_kind(list(dict.fromkeys(name for key in keys for name in headings[key])))
        groups.append(
            Group(
                uploads=[by_key[key] for key in keys],
                kind=guess.kind if guess else "",
                recognised=in_words(guess.title) if guess else "",
            )
        )
    return groups


def _readable(upload: Upload) -> tuple[str, ...]:
    """The headings; () of a file that cannot be read, which its preview says."""
    try:
        return tuple(read_headings(upload.path))
    except (BadFile, OSError):
        return ()


def _complete(uploads: Sequence[Upload]) -> Sequence[Upload]:
    for upload in uploads:
        if not upload.is_complete or not upload.path.is_file():
            raise Conflict(_("%(name)s is not uploaded completely yet.") % {"name": upload.name})
    return uploads


def _demand_kind(name: str) -> None:
    try:
        import_kind(name)
    except KeyError:
        raise rejected("kind", _("There is no kind of file %(name)s.") % {"name": name}) from None
