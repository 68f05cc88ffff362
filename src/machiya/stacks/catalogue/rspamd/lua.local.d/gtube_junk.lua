-- GTUBE's second string is junk. Rspamd's own way (gtube_patterns) would skip every other check, the virus scanner's too.
config['regexp']['GTUBE_JUNK'] = {
  re = '/YJS\\*C4JDBQADN1\\.NSBN3\\*2IDNEN\\*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL\\*C\\.34X/{sa_body}',
  description = 'the test string for junk',
  score = 6.0,
  group = 'headers',
}
