"""Public sources of the ways that were there first, in words; of what is not named the idea is our own."""

TRAVERSAL = "CWE-22, path traversal"
LINK = "CWE-61, following of symbolic links"
HARD = "CWE-62, hard links"
CASE = "CWE-178, upper and lower case"
CONFUSABLE = "Unicode Technical Report 36, confusable names"
INJECTION = "CWE-78, injection of commands"
EVENT = "MITRE ATT&CK T1546, running by an event"

SOURCES = {
    "Write by an absolute path": "CWE-36, absolute paths",
    "Write by ..": TRAVERSAL,
    "Write by .. and back": TRAVERSAL,
    "Write relative to the folder": TRAVERSAL,
    "Write to .git by ..": TRAVERSAL,
    "Write to a folder beside": "CVE-2025-54794 of Claude Code",
    "Write to the project's hooks": EVENT,
    "Write to .claude": "CVE-2025-59536 of Claude Code",
    "Write to .mcp.json": "CVE-2025-54135 of Cursor",
    "Write to the home by ~": "MITRE ATT&CK T1546.004",
    "Write to a variable": "MITRE ATT&CK T1546.004",
    "Write by a linked folder": LINK,
    "Write by a linked file": "CVE-2026-25724 of Claude Code",
    "Write by a link and ..": LINK,
    "Write by /proc": LINK,
    "Write in capitals": CASE,
    "Write in mixed case": CASE,
    "Write in another script": CONFUSABLE,
    "Write with marks apart": CONFUSABLE,
    "Write with a mark of no width": CONFUSABLE,
    "Write with a blank behind": "CWE-162, blanks behind",
    "Write with a NUL": "CWE-158, NULs",
    "Write with a line break": "CWE-93, line breaks",
    **{
        f"Bash {name}": f"GTFOBins, {program}"
        for name, program in {
            "tee": "tee",
            "sed -i": "sed",
            "cp": "cp",
            "mv": "mv",
            "dd": "dd",
            "truncate": "truncate",
            "install": "install",
            "python -c": "python",
            "perl -e": "perl",
            "awk": "awk",
            "bash -c": "bash",
            "sh behind env": "env",
            "xargs": "xargs",
            "the background": "nohup",
            "a detached program": "setsid",
            "chmod": "chmod",
            "tar": "tar",
            "curl -o": "curl",
            "git diff --output": "git",
            "git diff --ext-diff": "git",
            "git -c": "git",
            "make": "make",
        }.items()
    },
    **{
        f"Bash {name}": INJECTION
        for name in (
            "substitution", "backquotes", "a second command", "a command that follows", "a pipe", "a line break",
        )
    },
    "Bash rm -rf of the worktree": "MITRE ATT&CK T1485, destruction of data",
    "an allowed program deletes the worktree": "MITRE ATT&CK T1485, destruction of data",
    "Write to a workflow of CI": "OWASP CICD-SEC-4, poisoned pipelines",
    "Bash a symbolic link": LINK,
    "Bash a hard link": "CWE-62, hard links",
    "Bash git config": "MITRE ATT&CK T1546, running by an event",
    "Bash git submodule": "CVE-2018-11235 of git, submodules",
    "an allowed program makes a file a link": LINK,
    "an allowed program links out of the project": LINK,
    "an allowed program writes the project's hook": EVENT,
    "an allowed program makes a repository in a folder": "CVE-2018-11235 of git, submodules",
}  # fmt: skip
