"""A model that has no table: by it the admin knows of the dashboard."""

from django.db import models


class Dashboard(models.Model):
    """The dashboard, as the admin lists it."""

    class Meta:
        """It is nowhere but in the list."""

        managed = False
        default_permissions = ()
        verbose_name = "dashboard"
        verbose_name_plural = "dashboard"
