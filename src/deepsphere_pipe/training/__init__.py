"""Training of networks: the loop and its science; `survival` has what outlasts a kill."""
