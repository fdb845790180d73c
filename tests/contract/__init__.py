"""What every provider row promises, checked against its fake; a new row is tested when added."""
