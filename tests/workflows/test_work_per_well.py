"""What measuring a well costs, counted: it must not grow unseen."""

import sys
from collections import Counter

import pytest

from swanneck.workflows.campaign import load_campaign
from swanneck.workflows.check_campaign import check_campaign
from swanneck.workflows.measure_plates import list_tasks
from swanneck.workflows.measure_well import measure_well


class OpenedImages:
    """Counts how often each image file is opened while it is on. Audit hooks cannot be taken away again."""

    def __init__(self):
        self.times, self.is_on = Counter(), False
        sys.addaudithook(self.note)

    def note(self, event, arguments):
        if self.is_on and event == "open" and str(arguments[0]).endswith(".tif"):
            self.times[str(arguments[0])] += 1


@pytest.fixture
def opened():
    counter = OpenedImages()
    yield counter
    counter.is_on = False


def test_each_image_file_is_opened_once_for_a_well(fresh, opened):
    campaign = load_campaign(fresh.folder / "campaign.toml")
    task = next(iter(list_tasks(check_campaign(campaign).plates[0], campaign)))
    opened.is_on = True
    measure_well(task)
    assert opened.times == {str(fresh.image(task.well, channel)): 1 for channel in ("DNA", "Virus")}
