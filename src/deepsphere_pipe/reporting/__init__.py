"""Tables, figures and pages, made only from the files that evaluation leaves on disk."""
