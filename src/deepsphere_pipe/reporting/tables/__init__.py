"""The tables of a study; `deepsphere_pipe.reporting.tables.registry` names them all."""
