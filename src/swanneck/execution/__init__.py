"""The one door to parallel work: tasks in, results out, whatever happens to a worker."""
