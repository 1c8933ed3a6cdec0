"""Forecast of uptake and unit cost per service, and the joint draws of expenditure made of them (DESIGN 4.4, 4.5)."""

from models.forecast.engine import choose_services, forecast_services

__all__ = ["choose_services", "forecast_services"]
