"""The teaching library of Ground Up: data, models, training and figures that the tutorials import."""
