"""A center in which everything that people can write carries markup of its own."""

from datetime import timedelta
from uuid import uuid4

from quality.actions import (
    answers,
    assignments,
    assist,
    calibration,
    disputes,
    evaluations,
    follow_up,
    marks,
    passport,
    plans,
    references,
    second_looks,
)
from quality.actions.dispute_results import Decision, ItemDecision
from quality.actions.disputes import Filed
from quality.models import Scorecard
from quality.passport import attune
from tests.factories.accounts import RightGrantFactory, UserFactory
from tests.factories.quality import AT, AnswerSetFactory
from tests.quality.plan_worlds import AFTER, MONDAY, PlanWorld
from tests.quality.worlds import GIVEN, World, document, handled_leg, member, published


def said(field):
    """What somebody wrote into the field: a formula, markup, a template, and the field's name."""
    return f"=<u>{field}</u>\"'{{{{7*7}}}}"


def scorecard_document():
    content = document(
        self_assessment="optional", dispute_deciders=["evaluator", "supervisor"], dispute_rounds=2
    )
    content["bands"][1]["label"] = said("band.label")
    section, solving = content["sections"]
    section |= {"title": said("section.title"), "instructions": said("section.instructions")}
    greet, solve = section["criteria"][0], solving["criteria"][0]
    greet |= {"text": said("criterion.text"), "help": said("criterion.help")}
    greet["tags"] = ["<u>tag.name</u>"]
    solve["options"] = [dict(option) for option in solve["options"]]
    solve["options"][1]["label"] = said("option.label")
    solve["options"][2]["root_causes"][0]["label"] = said("root_cause.label")
    return content


class AttackedWorld(World):
    """One row of each kind, made by the verbs; `ids` are what the pages' addresses name."""

    def __init__(self):
        super().__init__(scorecard_document())
        Scorecard.objects.filter(pk=self.scorecard.pk).update(name=said("scorecard.name"))
        self.scorecard.refresh_from_db()
        self.scorecard.current_version.refresh_from_db()
        self.admin = RightGrantFactory(
            right="quality.manage_scorecards", user=UserFactory(roles=["admin"])
        ).user
        self.supervisor = member("supervisor", self.team, full_name=said("person.name"))
        self.result, self.dispute = self.make_result()
        self.draft = self.make_draft()
        self.session = self.make_calibration()
        self.reference = self.make_reference()
        self.grading = self.make_grading()
        self.rule, self.listener = self.make_rules()
        self.plan, self.draw, self.assignment = self.make_plan()
        self.taken = self.make_import()
        self.answer_set = AnswerSetFactory(name=said("answer_set.name"))

    def make_result(self):
        """Scored with comments, acknowledged, disputed and decided."""
        draft = self.start(selection="manual", reason=said("selection_reason"))
        for key, option in {**GIVEN, "solve": "none"}.items():
            self.save(
                draft,
                key,
                answer={"option": option},
                comment_public=said("answer.comment_public"),
                comment_private=said("answer.comment_private"),
                **({"root_cause": "skill"} if key == "solve" else {}),
            )
        self.save(draft, "note", answer={"text": said("answer.text")})
        self.comment(draft)
        self.mark(draft)
        result = self.submit(draft)
        evaluations.acknowledge_evaluation(
            evaluation=result, comment=said("acknowledge_comment"), by=self.agent, at=AT
        )
        item = Filed("solve", "full", said("dispute_item.reason"))
        dispute = disputes.file_dispute(
            evaluation=result, items=[item], reason=said("dispute.reason"), by=self.agent, at=AT
        )
        disputes.take_dispute(dispute=dispute, by=self.evaluator, at=AT)
        items = {"solve": ItemDecision("other", said("dispute_item.note"), "part")}
        decision = Decision(
            note=said("decision_note"), private_note=said("private_note"), items=items
        )
        disputes.decide_dispute(dispute=dispute, decision=decision, by=self.evaluator, at=AT)
        return result, dispute

    def comment(self, draft):
        answers.save_comment(
            evaluation=draft,
            comment_public=said("revision.comment_public"),
            comment_private=said("revision.comment_private"),
            by=self.evaluator,
            at=AT,
        )

    def mark(self, draft):
        marks.add_mark(
            evaluation=draft,
            offset_ms=1000,
            text=said("mark.text"),
            is_private=False,
            by=self.evaluator,
            at=AT,
        )

    def make_draft(self):
        """Submitted once and opened again; the transcript is an attack too."""
        leg = handled_leg(self.team, agent=self.agent)
        for turn in leg.interaction.transcripts.get().turns.all():
            turn.text = said("turn.text")
            turn.save()
        before, self.leg = self.leg, leg
        result = self.submitted()
        self.leg = before
        evaluations.resubmit_evaluation(
            evaluation=result, reason=said("resubmit.reason"), by=self.evaluator, at=AT
        )
        return result

    def make_calibration(self):
        """Closed and finished, with gold answers and notes."""
        raters = [self.evaluator, member("evaluator", self.team)]
        session = calibration.plan_calibration(
            leg=handled_leg(self.team, agent=self.agent),
            scorecard=self.scorecard,
            raters=raters,
            deadline_at=AT + timedelta(days=3),
            by=self.supervisor,
            at=AT,
        )
        for rater in raters:
            rating = calibration.take_seat(session=session, by=rater, at=AT)
            for key, option in GIVEN.items():
                answers.save_answer(
                    evaluation=rating,
                    key=key,
                    change={"answer": {"option": option}},
                    seen=0,
                    save_id=uuid4(),
                    by=rater,
                    at=AT,
                )
            self.submit(rating, by=rater)
        by = {"by": self.supervisor, "at": AT + timedelta(days=1)}
        calibration.close_calibration(session=session, **by)
        gold = {key: {"option": option} for key, option in GIVEN.items()}
        notes = {"greet": said("gold.note")}
        calibration.set_gold(session=session, answers=gold, notes=notes, **by)
        return calibration.finish_calibration(session=session, **by)

    def make_reference(self):
        reference = references.propose_reference(
            leg=self.leg,
            version=self.scorecard.current_version,
            answers={key: {"option": option} for key, option in GIVEN.items()},
            notes={"greet": said("reference.note")},
            by=self.admin,
            at=AT,
        )
        return references.retire_reference(
            reference=reference, reason=said("retire_reason"), by=self.admin, at=AT
        )

    def make_grading(self):
        card = published(kind="evaluator", name="Grading")
        return second_looks.start_grading(
            subject=self.draft, scorecard=card, by=UserFactory(roles=["evaluator"]), at=AT
        )

    def make_rules(self):
        by = {"by": self.admin, "at": AT}
        content = follow_up.RuleContent(name=said("rule.name"), test="critical", asks_coaching=True)
        rule = follow_up.create_quality_rule(content=content, **by)
        listening = assist.AssistContent(
            name=said("assist_rule.name"),
            scorecard=self.scorecard,
            criterion_key="greet",
            option_key="yes",
            kind="phrase_present",
            phrases=["turn number", said("phrase")],
        )
        listener = assist.create_assist_rule(content=listening, **by)
        for verb, row in (
            (follow_up.switch_quality_rule, rule),
            (assist.switch_assist_rule, listener),
        ):
            verb(rule=row, is_active=False, reason=said("off_reason"), **by)
        return rule, listener

    def make_plan(self):
        center = PlanWorld(calls=1, agents=1)
        draw = center.drawn(name=said("plan.name"), quota_n=2)
        plans.add_override(
            plan=draw.plan,
            agent=center.agents[0],
            quota_n=1,
            from_on=MONDAY.date(),
            until_on=MONDAY.date(),
            reason=said("override.reason"),
            by=center.supervisor,
            at=AFTER,
        )
        assignment = draw.assignments.order_by("pk").first()
        swapped = assignments.swap_assignment(
            assignment=assignment,
            kind="technical",
            reason=said("swap_reason"),
            by=center.supervisor,
            at=AFTER,
            confirms=True,
        )
        return draw.plan, draw, swapped

    def make_import(self):
        body = attune.dump(self.scorecard.current_version.as_document()).encode()
        return passport.import_form(
            name=said("import.name"), file_name=said("file_name"), body=body, by=self.admin, at=AT
        )

    @property
    def ids(self):
        """What an address's first number names, by the path's first word."""
        return {
            "evaluations": self.result.pk,
            "calibrations": self.session.pk,
            "references": self.reference.pk,
            "answer-sets": self.answer_set.pk,
            "rules": self.rule.pk,
            "rules/assist": self.listener.pk,
            "plans": self.plan.pk,
            "draws": self.draw.pk,
            "assignments": self.assignment.pk,
            "imports": self.taken.pk,
            "scorecards": self.scorecard.pk,
            "disputes": self.dispute.pk,
            "teams": self.team.pk,
            "agents": self.agent.pk,
            "evaluators": self.evaluator.pk,
            "legs": self.leg.pk,
            "interactions": self.leg.interaction_id,
        }
