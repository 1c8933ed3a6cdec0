"""Price and quantity: what each kind of provider costs, how few citizens carry the cost, and who the large providers are."""

from models.providers.curve import cost_concentration
from models.providers.largest import provider_shares
from models.providers.types import beside_own, not_by_themselves, provider_types

__all__ = ["beside_own", "cost_concentration", "not_by_themselves", "provider_shares", "provider_types"]
