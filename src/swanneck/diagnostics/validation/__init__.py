"""Tests validated: the limit of detection and of blank, agreement with a reference, how many samples are needed."""
