"""Reference data shipped with the product: the service catalogue and age bands, dated and sourced."""

from data.reference.catalogue import Account, Catalogue, Service, ServiceGroup, load_catalogue

__all__ = ["Account", "Catalogue", "Service", "ServiceGroup", "load_catalogue"]
