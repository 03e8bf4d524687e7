from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The composition of all apps: pages, checkout, processes, schedule. It has no models."""

    name = "config"
    default = True
