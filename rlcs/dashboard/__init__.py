"""The dashboard: what a run folder says, on a local page. It only reads; the run does not know of it.

app.py          one address in, one page out
address.py      the address is the state
events.py       what a click makes of the address
serve.py        rlcs dashboard
server.py       who may read it
export.py       one file to send
static_page.py  a page of components as that file
downloads.py    figures as CSV, responses as text
marking.py      a response with its parts marked, nothing hidden
pictures.py     boxes and points over images
films.py        frames with their times, and spans
renderings.py   pictures of pages that answers hold
alarms.py       what to look at first: all rules, the worst first
rules/          when there is an alarm
pages/          a file a page
figures/        what the pages draw
data/           run folders, read a little at a time
"""
