"""Recipes: one readable file per main job, one call per step. Every verb of the command line is a function here.

    import swanneck.workflows

    run = swanneck.workflows.screen_plate("my-plate/campaign.toml")
    run.tables.hits

A function is loaded at its first use, so that importing this room waits for nothing. It has the name of its module:
`swanneck.workflows.screen_plate` is the function, and what else the module holds is imported from it by
`from swanneck.workflows.screen_plate import ...`.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from swanneck.workflows.amplify_assays import amplify_assays
    from swanneck.workflows.analyse_table import analyse_table
    from swanneck.workflows.check_assays import check_assays
    from swanneck.workflows.check_campaign import check_campaign
    from swanneck.workflows.check_compounds import check_compounds
    from swanneck.workflows.choose_compounds import choose_compounds
    from swanneck.workflows.compare_potencies import compare_potencies
    from swanneck.workflows.convert_images import convert_images
    from swanneck.workflows.cover_genomes import cover_genomes
    from swanneck.workflows.describe_images import describe_images
    from swanneck.workflows.design_alleles import design_alleles
    from swanneck.workflows.design_assays import design_assays
    from swanneck.workflows.design_panel import design_panel
    from swanneck.workflows.design_vaccine import design_vaccine
    from swanneck.workflows.export_results import export_results
    from swanneck.workflows.fit_table_curves import fit_table_curves
    from swanneck.workflows.fit_table_growth_rates import fit_table_growth_rates
    from swanneck.workflows.fit_table_selectivity import fit_table_selectivity
    from swanneck.workflows.index_genome import index_genome
    from swanneck.workflows.init_campaign import init_campaign
    from swanneck.workflows.judge_assays import judge_assays
    from swanneck.workflows.make_antigen import make_antigen
    from swanneck.workflows.map_epitopes import map_epitopes
    from swanneck.workflows.measure_blanks import measure_blanks
    from swanneck.workflows.measure_images import measure_images
    from swanneck.workflows.plan_validation import plan_validation
    from swanneck.workflows.rank_candidates import rank_candidates
    from swanneck.workflows.read_checkerboards import read_checkerboards
    from swanneck.workflows.read_results import read_results
    from swanneck.workflows.read_table_mics import read_table_mics
    from swanneck.workflows.score_combinations import score_combinations
    from swanneck.workflows.score_screen import score_screen
    from swanneck.workflows.score_sequences import score_sequences
    from swanneck.workflows.score_triple_combinations import score_triple_combinations
    from swanneck.workflows.screen_plate import screen_plate
    from swanneck.workflows.simulate_plate import simulate_plate
    from swanneck.workflows.suggest_targets import suggest_targets
    from swanneck.workflows.trace_front import trace_front
    from swanneck.workflows.tune_campaign import tune_campaign
    from swanneck.workflows.validate_results import validate_results
    from swanneck.workflows.watch_assays import watch_assays

__all__ = [
    "amplify_assays",
    "analyse_table",
    "check_assays",
    "check_campaign",
    "check_compounds",
    "choose_compounds",
    "compare_potencies",
    "convert_images",
    "cover_genomes",
    "describe_images",
    "design_alleles",
    "design_assays",
    "export_results",
    "fit_table_curves",
    "design_panel",
    "design_vaccine",
    "fit_table_growth_rates",
    "fit_table_selectivity",
    "index_genome",
    "init_campaign",
    "judge_assays",
    "make_antigen",
    "map_epitopes",
    "measure_blanks",
    "measure_images",
    "plan_validation",
    "rank_candidates",
    "score_combinations",
    "score_sequences",
    "score_screen",
    "read_checkerboards",
    "read_results",
    "read_table_mics",
    "score_triple_combinations",
    "screen_plate",
    "simulate_plate",
    "suggest_targets",
    "trace_front",
    "tune_campaign",
    "validate_results",
    "watch_assays",
]


class _Workflows(ModuleType):
    """This package, on which loading a module does not hide the function of the same name."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (isinstance(value, ModuleType) and name in __all__):
            super().__setattr__(name, value)

    def __getattr__(self, name: str) -> object:
        if name not in __all__:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        return getattr(import_module(f"{__name__}.{name}"), name)


sys.modules[__name__].__class__ = _Workflows
