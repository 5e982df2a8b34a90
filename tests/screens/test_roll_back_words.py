from __future__ import annotations

from screens.dialogs import ask_roll_back


def test_the_question_says_where_a_rollback_leads_to_no_pods() -> None:
    assert ask_roll_back("v1", "v2", gone=True).text.startswith("v1 has 0 READY PODS: nobody would answer.")
    assert "READY" not in ask_roll_back("v1", "v2").text
