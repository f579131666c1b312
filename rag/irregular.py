"""Verbs whose forms no ending joins, or whose ending does not tell that they are verbs."""

from __future__ import annotations

# Every form with its base.
IRREGULAR = {
    form: forms.split()[0]
    for forms in (
        "beat beats beaten|become became|begin began begun|bid|break broke broken|bring brought|build built|buy bought|catch caught|choose chose chosen|cut"
        "|draw drew drawn|drive drove driven|feed fed|fight fought|find found|fly flew flown|forgive forgave forgiven"
        "|get got|give gave given|go went gone|grow grew grown|hit hits|hold held|hurt|keep kept|know knew known|lead led|leave left|lend lent|lose lost"
        "|make made making|meet met|outrun outran|overcome overcame|overtake overtook overtaken"
        "|overthrow overthrew overthrown|pay paid|say said|run ran running|see saw seen|seek sought|sell sold|send sent|shoot shot|sing sang sung"
        "|show shown|speak spoke spoken|spend spent|steal stole stolen|strike struck|succeed succeeds succeeded|sue sued sues|take took taken|teach taught|tell told"
        "|throw threw thrown|win won|write wrote written"
    ).split("|")
    for form in forms.split()
}
