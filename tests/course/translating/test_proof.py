from vislearn.course.translating.proof import proof


def test_nothing_to_read():
    assert proof("bn.po", {}) == []


def test_each_finding_names_file_message_word_and_remedy():
    found = proof("bn.po", {"a chain": "২টি শিকল, 3টি", "fine": "ভালো", "never": "কখনও"})
    assert [str(problem) for problem in found] == [
        "bn.po at 'a chain': the translation says 'শিকল' for 'chain'. Write 'চেইন'.",
        "bn.po at 'a chain': the translation mixes digits in '২টি শিকল, 3টি'. "
        "Write one kind, or put what meets code into backticks.",
        "bn.po at 'never': the translation says 'কখনও'. Write 'কখনো'.",
    ]
