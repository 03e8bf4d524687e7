from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembershipConfig(AppConfig):
    name = "membership"
    verbose_name = _("Members")

    def ready(self) -> None:
        from membership.duplicates.panels import register_duplicates
        from membership.loyalty.coupons.following import coupons_follow_order
        from membership.loyalty.following import follow_change
        from membership.loyalty.panels import register_loyalty
        from membership.members.actions import register_own_actions
        from membership.members.panels import register_panels
        from membership.merges.panels import register_merges
        from membership.merges.relations import register_own_relations
        from membership.orders.following import register_follower
        from membership.segments.admin.member_actions import register_segment_actions
        from membership.segments.families import register_segment_family
        from membership.segments.member_fields import register_member_fields
        from membership.segments.refund_fields import register_refund_fields
        from membership.segments.rules_named import register_segments_as_holders

        register_segment_family()
        register_panels()
        register_own_actions()
        register_loyalty()
        register_duplicates()
        register_follower("coupons", coupons_follow_order)
        register_follower("points", follow_change)
        register_own_relations()
        register_merges()
        register_segment_actions()
        register_member_fields()
        register_refund_fields()
        register_segments_as_holders()
