"""Answers read strictly: text becomes numbers, boxes, tables. Linear scans with caps; no float(), no eval.

normalize.py        one text, one spelling
prose.py            the final answer in running text
brackets.py         where brackets close
numeric.py          numbers, exactly
number_words.py     whole numbers in words, English and Chinese
word_values.py      decimals and fractions in words
recurring.py        recurring decimals
units.py            a unit off the end
unit_text.py        units with powers, in every spelling
unit_table.py       units and their names
siunitx.py          quantities in the commands of siunitx
json_values.py      JSON and calls as models write them
edit_distance.py    edits between two texts
listings.py         items in a list, rows of a grid
assignments.py      who has what
tables.py           HTML and Markdown tables
boxes.py            bounding boxes, and how they are matched
points.py           coordinates in a declared space, points
positions.py        latitude and longitude
place_names.py      names of places, and of countries in other words
image_sizes.py      sizes of images, where a space needs them
spatial_answers.py  the answer that a gold box asks for, for rlcs check
"""
