"""The teaching library of Ground Up: the tutorials' data, models, training and figures."""
