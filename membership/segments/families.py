"""The model family behind segments that a model makes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from registry.families import Family, register_family


def register_segment_family() -> None:
    """Called once, when the app is ready."""
    from membership.segments.learned import clusters

    register_family(
        Family(
            name=clusters.FAMILY,
            title=_("Segments"),
            estimators={"kmeans": _kmeans},
            train=clusters.train_candidate,
            write_back=clusters.write_back,
            queue_rescoring=_queue_assigning,
        )
    )


def _queue_assigning() -> None:
    from membership.segments.tasks import refresh_clusters

    refresh_clusters.delay()


# imported when a model is loaded, so that a web process starts without scikit-learn


def _kmeans() -> type[Any]:
    from membership.segments.ml.clusters import Clusters

    return Clusters
