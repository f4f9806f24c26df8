"""The metricas of the site."""

from staste.axis import Axis, StoredChoiceAxis
from staste.metrica import Metrica

gender_axis = Axis(choices=["girl", "boy"])
age_axis = StoredChoiceAxis()

guests_metrica = Metrica(name="guest_visits_gender_age", axes=[("gender", gender_axis), ("age", age_axis)])
