"""Charts of metricas as views of Django."""
