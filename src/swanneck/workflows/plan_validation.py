"""Plan how many samples the validation of a test needs."""

from swanneck.diagnostics.validation.sample_plans import PlanSettings, SamplePlan, plan_study

__all__ = ["PlanSettings", "SamplePlan", "plan_validation"]


def plan_validation(settings: PlanSettings | None = None) -> SamplePlan:
    """Tell how many positive and negative samples, people and replicates a validation needs (EP12-A2, EP17-A2).

    Raises `InputError` where a share that is to be shown is not below the one expected, or needs over 100,000 samples.

    >>> plan_validation(PlanSettings(sensitivity=0.97, least_sensitivity=0.9)).positives
    113
    """
    return plan_study(settings)
