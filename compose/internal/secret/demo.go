package secret

import (
	"strings"
)

// demoDefaults are well-known default passwords.
var demoDefaults = set(`p@ssw0rd passw0rd p4ssw0rd pa55word pa$$word pass@word pass@word1 p@ssword p@ssword1 p@55w0rd s3cr3t s3cret secr3t 12345 abcd1234 abc123 qwerty qwerty123 letmein iloveyou
	yourstrong(!)password yourstrong!passw0rd yourstrong@passw0rd your_password123 str0ngp@ssword str0ngp@ssw0rd adm1n 4dm1n r00t t00r toor 1q2w3e4r trustno1 hunter1 foobared masterkey sa`)

// demoWords are the words of demo passwords.
var demoWords = set(`password passwort passwd passphrase pass pwd pw secret secrets key keys token tokens api auth jwt session cookie access refresh encryption credential credentials
	user users username root admin admins administrator superuser superadmin super sudo system sys master owner guest member manager operator default public private local localhost internal
	test tests testing tester example examples sample samples demo demos dummy fake mock placeholder playground sandbox development develop developer dev devel prod production staging stage ci
	docker compose container containers app application apps service services server servers web website site backend frontend client worker database databases data db dbs sql nosql cache queue broker storage store bucket
	mysql postgres postgresql pg postgis timescale mariadb percona mongo mongodb redis valkey rabbit rabbitmq mq kafka elastic elasticsearch kibana logstash opensearch minio influx influxdb clickhouse cassandra neo couchdb couchbase mssql oracle memcached
	wordpress wp drupal joomla ghost nextcloud owncloud gitea gitlab github grafana prometheus keycloak jenkins sonar sonarqube odoo moodle matomo mattermost airflow superset metabase nginx apache traefik
	django flask rails laravel symfony node nodejs express next nest spring java python php ruby go golang rust react vue angular
	sk pk hello world foo bar baz qux welcome open sesame temp tmp tempo temporary initial first new old
	my our your some any this that is are be to of for the an and not no do with in on only use used using please change changeit changed me it later before replace here must should very really so
	strong secure secured insecure unsafe weak easy simple safe long short random string value text good great cool nice awesome best dont
	qwe qwert qwerty qwertz azerty asd asdf asdfgh zxc zxcvb zxcvbn qaz wsx edc rfv qazwsx qazwsxedc qazxsw
	login signin choose chosen own make made up you must can duper mega ultra mighty whale ai chat bot cloud home lab self hosted selfhosted`)

var (
	// requests are the first words of phrases that stand for a value, and things are the kinds of
	// values: "MyCloudflareToken", "ChooseYourOwnPasswordHere".
	requests = set(`my your our some a the choose enter insert set put use type pick provide define create generate fill change replace update add`)
	things   = set(`password passwort passwd passphrase pass pwd pw secret token key credential credentials`)
)

func set(words string) map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		all[word] = true
	}
	return all
}

var (
	// between are the characters between the words of a value.
	between = lazy(`[\s_.,;:!?@#+*&/()-]+`)
	// count is a number that people append to a word.
	count = lazy(`\d+$|^\d+`)
	// keysInARow is a number of adjacent keys.
	keysInARow = lazy(`^(?:\d{1,4}|0?1?2?3?4?5?6?7?8?9?0?|(?:123){1,4}|9?8?7?6?5?4?3?2?1?0?|0+|1+)$`)
)

// isDemo reports whether a value is easy to guess. known are the lower-case names of
// services, users and databases of the project.
func isDemo(value string, known map[string]bool) bool {
	written := strings.TrimSpace(value)
	value = strings.ToLower(written)
	if demoDefaults[value] || known[value] || keysInARow().MatchString(value) {
		return true
	}
	if len(value) > 60 {
		return false
	}
	if isPhrase(written, known) {
		return true
	}
	for part := range strings.FieldsSeq(between().ReplaceAllString(value, " ")) {
		if known[part] || demoDefaults[part] {
			continue
		}
		for _, digits := range count().FindAllString(part, -1) {
			if !keysInARow().MatchString(digits) {
				return false
			}
		}
		if part = strings.Trim(part, "0123456789"); part != "" && !isWords(part, known) {
			return false
		}
	}
	return value != ""
}

// isPhrase reports whether a value describes itself in words, one of which may be unknown:
// "MyCloudflareApiToken".
func isPhrase(value string, known map[string]bool) bool {
	parts := strings.Split(words(strings.Trim(value, "0123456789!.")), "_")
	if len(parts) < 3 || !requests[parts[0]] {
		return false
	}
	named, others := false, 0
	for _, part := range parts[1:] {
		named = named || things[part]
		switch {
		case strings.ContainsFunc(part, func(r rune) bool { return r < 'a' || r > 'z' }):
			return false
		case !known[part] && !demoWords[part] && !requests[part]:
			others++
		}
	}
	return named && others <= 1
}

// isWords reports whether a string consists of words without separators.
func isWords(text string, known map[string]bool) bool {
	reached := make([]bool, len(text)+1)
	reached[0] = true
	for end := 1; end <= len(text); end++ {
		for start := range end {
			word := text[start:end]
			if reached[start] && (demoWords[word] || len(word) > 2 && known[word]) {
				reached[end] = true
				break
			}
		}
	}
	return reached[len(text)]
}
