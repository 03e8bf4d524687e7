"""Tags by their name of now or a former one, and one tag in the place of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet

from membership.members.figures import mark_dirty
from membership.models import Member, Tag, TagFormerName
from membership.rules.names.uses import replace_everywhere
from membership.rules.nodes import Ref

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def find_tag(*, name: str) -> Tag | None:
    """The tag called so, in any case; else the one that was called so before."""
    tags: QuerySet[Tag] = Tag.objects.filter(name__iexact=name).order_by("pk")
    former = Tag.objects.filter(former_names__name__iexact=name).order_by("pk")
    return tags.first() or former.first()


def merge_tag(*, tag: Tag, into: Tag, user: User | None) -> None:
    """Put ``into`` on the members who have ``tag``, delete ``tag`` and keep its name as a former one.

    Rules that name it name ``into`` from then on, as new versions. Raises Conflict where both are one.
    """
    links = Member.tags.through.objects
    with transaction.atomic():
        both = Tag.objects.select_for_update(no_key=True).filter(pk__in=(tag.pk, into.pk))
        list(both.order_by("pk"))  # locked until the end
        replace_everywhere(old=Ref("tag", tag.pk), new=Ref("tag", into.pk), user=user)
        members = list(links.filter(tag=tag).values_list("member_id", flat=True))
        links.bulk_create(
            (Member.tags.through(member_id=pk, tag_id=into.pk) for pk in members), ignore_conflicts=True
        )
        TagFormerName.objects.filter(tag=tag).update(tag=into)
        name = tag.name
        tag.delete()
        TagFormerName.objects.create(tag=into, name=name)
        mark_dirty(member_ids=members)
