from registry.services.versions import LoadedModel, NoLiveModel, load_live

__all__ = ["LoadedModel", "NoLiveModel", "load_live"]
