"""The steps of the workflow: one module for each rule, one typed function in it."""
