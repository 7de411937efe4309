# Completion of hil for bash: verbs, flags and their words, tags, refs, cells, revisions, files. It asks the program itself,
# so that it never knows less than that does:  . harness/completion/hil.bash

# VERB: its flags with the line that explains them
_hil_help() { "$_hil_program" help "$1" 2>/dev/null | sed -n 's/^  \(-.,\|   \) --/--/p'; }

# VERB FLAG: what its argument is called: "FILE", "auto|bar", "" when it takes none
_hil_argument() { _hil_help "$1" | sed -n "s/^$2\(\[=\| \)\([^] ]\+\).*/\2/p" | head -n 1; }

# KEY: the words of that list in all selected cells
_hil_lists() {
	"$_hil_program" list --json 2>/dev/null |
		awk -v key="\"$1\": [" 'index($0, key) { on = 1; next } on && /\]/ { on = 0 } on { gsub(/[ ",]/, ""); print }' | sort -u
}

# The word before the cursor as it was typed: bash cuts at '=' and ':', which are inside of ids.
_hil_typed() {
	local line=${COMP_LINE:0:COMP_POINT}
	line=${line##*[[:blank:]]}
	printf %s "${line#[\"\']}"
}

# PREFIX WORDS (one a line): those that begin so, without what bash has cut off in front
_hil_reply() {
	local before=${1%"${1##*[=:]}"} word
	while IFS= read -r word; do
		[[ $word == "$1"* ]] && COMPREPLY+=("${word#"$before"}")
	done <<<"$2"
}

# VERB FLAG TYPED: what FLAG may be given
_hil_values() {
	local argument list=${3%"${3##*,}"} words
	argument=$(_hil_argument "$1" "$2")
	case $2 in
	--tags | --not-tags) words=$(_hil_lists tags | sed "s|^|$list|") ;;
	--ref) words=$(_hil_lists refs | sed "s|^|$list|") ;;
	--unit) words=$("$_hil_program" list 2>/dev/null) ;;
	--newer) words=$(git for-each-ref --format='%(refname:short)' 2>/dev/null) ;;
	--profile) words=$(sim7600-emu profiles 2>/dev/null | awk '$2 ~ "/" { print $1 }') ;;
	*) words=$(tr '|' '\n' <<<"$argument" | grep -x '[a-z0-9-]*') ;;
	esac
	case $argument in
	FILE | DIR | PATH) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$3") ;;
	*) _hil_reply "$3" "$words" ;;
	esac
}

# TYPED: files and folders, or cells of a file once it is named
_hil_paths() {
	if [[ $1 == *::* ]]; then
		_hil_reply "$1" "$("$_hil_program" list "${1%%::*}" 2>/dev/null)"
	else
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$1")
	fi
}

_hil() {
	local _hil_program=${COMP_WORDS[0]} verb=${COMP_WORDS[1]-} typed flag words before
	COMPREPLY=()
	typed=$(_hil_typed)
	before=${COMP_LINE:0:COMP_POINT}
	before=${before%"${before##*[[:blank:]]}"}
	read -r -a words <<<"$before"
	flag=${words[${#words[@]} - 1]}
	if [[ $typed == --*=* ]]; then
		flag=${typed%%=*} typed=${typed#*=}
		_hil_values "$verb" "$flag" "$typed"
	elif [[ ${#words[@]} -eq 1 || ( $verb == help && ${#words[@]} -eq 2 ) ]]; then
		_hil_reply "$typed" "$("$_hil_program" help 2>/dev/null | sed -n '/^verbs:/,/^$/s/^  \([a-z]\+\) .*/\1/p')"
	elif [[ $flag == --* && -n $(_hil_argument "$verb" "$flag" | grep -v '^$') && $typed != --* ]] &&
		! _hil_help "$verb" | grep -q "^$flag\[="; then
		_hil_values "$verb" "$flag" "$typed"
	elif [[ $typed == -* ]]; then
		_hil_reply "$typed" "$(_hil_help "$verb" | sed 's/^\(--[a-z0-9-]*\).*/\1/')"
	elif [[ $verb == explain && ${#words[@]} -eq 2 ]]; then
		_hil_reply "$typed" "$("$_hil_program" list 2>/dev/null)"
	else
		_hil_paths "$typed"
	fi
}

complete -F _hil hil
