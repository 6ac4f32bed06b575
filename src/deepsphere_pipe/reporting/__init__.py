"""Tables, figures and pages, made only from the files that the steps leave on disk."""
