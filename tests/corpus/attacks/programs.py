"""What a program that the role may run, such as its tests, leaves behind."""

from tests.corpus.attacks.effects import GIT

PROGRAMS: dict[str, str] = {
    "writes beside the scope": "echo x > app.py",
    "writes a denied file": "echo x > src/.env",
    "writes an ignored denied file": "echo x > .env",
    "writes into an ignored folder": "mkdir ignored; echo x > ignored/a",
    "deletes a file": "rm app.py",
    "renames a file into the scope": "mv app.py src/app.py",
    "sets a mode": "chmod +x app.py",
    "makes a file a link": "ln -sf src/a.py app.py",
    "links out of the project": "ln -s ../../../etc src/etc",
    "commits": f"echo x > app.py; {GIT} commit -qam x",
    "commits and takes it back": f"echo x > app.py; {GIT} commit -qam x; echo y > app.py",
    "commits to another branch": f"git switch -qc evil; echo x > app.py; {GIT} commit -qam x",
    "amends": f"echo x > app.py; {GIT} commit -qa --amend -m x",
    "hides a file from the index": "git update-index --skip-worktree app.py; echo x > app.py",
    "hides a file by exclusion": "echo new.txt >> $PROJECT/.git/info/exclude; echo x > new.txt",
    "forges .git": "rm .git; git init -q .; echo x > app.py; git add -A",
    "makes a repository in a folder": "mkdir sub; git -C sub init -q; echo x > sub/a",
    "deletes the worktree": 'rm -rf "$INSIDE"',
    "changes too much": "seq 3000 > src/big.py",
    "changes too many files": "for n in $(seq 60); do echo x > src/f$n.py; done",
    "writes a big binary": "head -c 400000 /dev/zero > src/big.bin",
    "writes a name that is no text": "echo x > $'bad\\xff'",
    "writes the project's file": "echo x > $PROJECT/app.py",
    "writes the project's hook": "echo x > $PROJECT/.git/hooks/post-checkout",
    "writes the project's ignored file": "echo x > $PROJECT/.env",
    "sets the project's settings": "git -C $PROJECT config core.fsmonitor touch",
    "stages in the project": "echo x > $PROJECT/app.py; git -C $PROJECT add app.py",
    "stashes in the project": f"echo y > $PROJECT/app.py; {GIT} -C $PROJECT stash -q",
    "hides a change of the project by a filter that is gone": (
        "cd $PROJECT; a=.git/info/attributes; git config filter.x.clean 'git show HEAD:app.py'; "
        "echo 'app.py filter=x' > $a; echo x > app.py; git update-index --refresh; "
        "git config --remove-section filter.x; rm $a"
    ),
    "moves the project's branch": f"{GIT} -C $PROJECT commit -q --allow-empty -m x",
    "makes a branch": "git branch evil",
    "switches the project": "git -C $PROJECT switch -qc evil",
}
