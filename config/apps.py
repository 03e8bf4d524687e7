from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class ConfigConfig(AppConfig):
    """The composition of all apps: pages, checkout, processes, schedule. It has no models."""

    name = "config"
    default = True

    def ready(self) -> None:
        from config.backoffice.staff_groups import create_staff_groups
        from config.schedule import move_schedule, write_default_schedule
        from membership.shop.changing import register_zone_follower, write_first_settings

        # migrations signal only for apps with models, so the schedule follows the app that stores it
        post_migrate.connect(write_default_schedule, sender=apps.get_app_config("django_celery_beat"))
        register_zone_follower(move_schedule)
        # membership comes after the schedule's app, whose entries the first settings may move
        post_migrate.connect(write_first_settings, sender=apps.get_app_config("membership"))
        # and the groups follow the last app, when every permission can be made
        post_migrate.connect(create_staff_groups, sender=list(apps.get_app_configs())[-1])
