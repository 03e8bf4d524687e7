"""The model family behind segments that a model makes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from registry.families import Family, register_family


def register_segment_family() -> None:
    """Called once, when the app is ready."""
    from membership.segments.learned import clusters

    register_family(
        Family(
            name=clusters.FAMILY,
            title=_("Segments"),
            estimators={"kmeans": "membership.segments.ml.clusters.Clusters"},
            train=clusters.train_candidate,
            write_back=clusters.write_back,
            rescoring_task="membership.tasks.refresh_clusters",
        )
    )
