"""The teaching library of Ground Up: data, models, training loops and figures that the tutorials import."""
