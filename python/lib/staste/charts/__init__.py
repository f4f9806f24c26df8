"""Charts of metricas as Django views."""
