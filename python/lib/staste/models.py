"""A model without a table, through which the admin lists the dashboard."""

from django.db import models


class Dashboard(models.Model):
    """The dashboard in the list of the admin."""

    class Meta:
        """No table and no permissions."""

        managed = False
        default_permissions = ()
        verbose_name = "dashboard"
        verbose_name_plural = "dashboard"
