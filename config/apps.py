from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class ConfigConfig(AppConfig):
    """The composition of all apps: pages, checkout, processes, schedule. It has no models."""

    name = "config"
    default = True

    def ready(self) -> None:
        from config.backoffice.staff_groups import create_staff_groups
        from config.schedule import write_default_schedule

        # migrations signal only for apps with models, so the schedule follows the app that stores it
        post_migrate.connect(write_default_schedule, sender=apps.get_app_config("django_celery_beat"))
        # and the groups follow the last app, when every permission can be made
        post_migrate.connect(create_staff_groups, sender=list(apps.get_app_configs())[-1])
