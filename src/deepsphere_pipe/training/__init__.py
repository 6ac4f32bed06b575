"""How a network is trained: loop, loss, optimisation, schedule and the file of the model."""
