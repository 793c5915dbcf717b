// What a search finds, and in which order: lunr looks up the words, this file chooses the words and adds up
// the scores. search.js shows the result; tests/docs/search_questions.js asks it questions.
//
// It needs lunr, and the rows of search-index.js: [url, page, heading, kind, text], where kind is "guide" (a
// section of a page), "error" (a row of the error index) or "api" (the reference).
window.siteSearch = (() => {
  const SEPARATOR = /[^\p{L}\p{N}]+/u;
  const words = (text) => text.toLowerCase().split(SEPARATOR).filter(Boolean);

  // Words of a question that say nothing about its subject. "c" is what is left of C++.
  const STOP = new Set(words(`a about after all always am an and any are as at be been before but by c can cannot could cpp
    d did do does doesn doing don during each error errors for forget forgot from get gets getting give go got grpc had has have how i if in into is isn it its
    just let like ll long m make me message my need no not of on one only or our out per problem re rpc s same set should so some
    still t than that the their them then there they this to try trying up us use used using ve want was way we were what
    when where which while who why will with within won without work working works would you your`));

  // Words that mean the same to someone who asks, each line one group. A question with one of them finds
  // pages with another one. Write a word in its forms: only endings (stops, stopped) are found without.
  const SYNONYMS = `
    reject, rejected, refuse, refused, deny, block
    unauthorized, unauthenticated, permission denied, access denied
    ssl, tls, encrypted, secure
    mtls, mutual tls, client certificate, client certificates, client ca
    thread pool, threadpool, max calls, max threads, number of threads, limit threads, too many threads
    timeout, timeouts, deadline, time out, timed out, time limit
    metadata, headers, header
    cmake, cmakelists, find package, makefile
    undefined reference, undefined symbol, unresolved external, linker, linking, link errors
    authenticate, authentication, auth, authorization, authorize, credentials, token, bearer, jwt, api key
    interceptor, interceptors, middleware
    disconnect, disconnected, disconnects, client gone, cancelled, canceled, cancel
    shutdown, shut down, stop, graceful
    signal, sigint, sigterm, ctrl c, terminate
    crash, crashes, abort, aborted, dies, segfault, core dump, sigabrt
    too large, too big, 4 mib, 4mb, 4 mb, message size, larger than max, max message size, max receive message length
    performance, throughput, latency, slow, fast, benchmark, overhead, requests per second, qps, cost, costs
    bidirectional, bidi, duplex
    upload, client streaming, import
    subscribe, subscription, push, notify, notification, notifications, publish, watch
    attack, attacks, attacker, ddos, dos, malicious, flood, abuse
    exception, exceptions, throw, throws, throwing
    concurrent, concurrently, parallel, simultaneously, multithreaded, multiple threads, two threads, thread safe, same time
    already in use, in use, reuseport, same port, bind
    unix socket, uds, domain socket
    retry, reconnect, wait for ready, backoff
    version mismatch, incompatible, newer version, other version, different versions, upgrade
    self signed, untrusted, unknown authority, certificate verify failed
    servicer, service class, service implementation, handler
    status code, error code, return an error
    optional, presence, has field, unset
    reuse, reused, used twice
    not registered, registerservice, register service
    unimplemented, method not found, unknown service
    in another language, other language, other languages, in go, golang, in rust, in node, nodejs, in ruby
  `.trim().split("\n").map((line) => line.split(",").map(words));

  // A name such as RegisterService is found by its whole and by its parts.
  const tokens = (text) => (text || "").split(SEPARATOR).filter(Boolean).flatMap((word) => {
    const parts = word.split(/(?<=\p{Ll})(?=\p{Lu})/u);
    return [word, ...(parts.length > 1 ? parts : [])].map((w) => w.toLowerCase());
  });
  const CODES = ["CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"];
  // How much each kind of row counts: a stub of the reference has few words, and each would count for much.
  const BOOST = { error: 1, guide: 2, api: 0.5 };

  // Makes the index of `rows`; returns what looks things up in it.
  const make = (lunr, rows, synonyms = SYNONYMS) => {
    const stem = (word) => lunr.stemmer(new lunr.Token(word)).toString();
    const index = lunr((builder) => {
      builder.pipeline.reset(); // every word as it is: a search for "not found" finds both
      builder.searchPipeline.reset();
      builder.tokenizer = (text, metadata) => tokens(text).map((word) => new lunr.Token(word, { ...metadata }));
      builder.field("heading", { boost: 9 });
      builder.field("page", { boost: 3 });
      builder.field("text");
      rows.forEach(([, page, heading, kind, text], id) => builder.add({ id, page, heading, text }, { boost: BOOST[kind] }));
    });
    const headings = rows.map(([, , heading]) => ` ${words(heading).join(" ")} `);
    // The parts of an error's text that are always the same.
    const fixed = rows.map(([, , heading, kind]) => (kind === "error" ? heading.split("…").map((part) => words(part).join(" ")).filter(Boolean) : []));
    // How much of a pasted text is this error: the number of letters, or 0.
    const pasted = (whole, parts) => {
      let at = 0, letters = 0;
      for (const part of parts) {
        at = whole.indexOf(` ${part} `, at);
        if (at < 0) return 0;
        at += part.length;
        letters += part.length;
      }
      return letters > 10 ? letters : 0;
    };

    // What one word finds: itself best, then its beginnings and relatives, then typing mistakes.
    const known = new Map();
    const look = (word) => {
      if (known.has(word)) return known.get(word);
      const scores = new Map();
      const find = (build) => index.query(build).forEach(({ ref, score }) => scores.set(ref, score));
      const { TRAILING } = lunr.Query.wildcard;
      find((query) => {
        query.term(word, { boost: 10 });
        query.term(word, { wildcard: TRAILING, boost: 4 });
        if (stem(word).length > 3) query.term(stem(word), { wildcard: TRAILING, boost: 1 });
      });
      if (!scores.size && word.length > 3) find((query) => query.term(word, { editDistance: 1 }));
      known.set(word, scores);
      return scores;
    };
    // What has each of several words.
    const lookAll = (phrase) => {
      const [first, ...others] = phrase.map(look);
      const scores = new Map();
      first.forEach((score, ref) => {
        if (others.every((o) => o.has(ref))) scores.set(ref, (score + others.reduce((sum, o) => sum + o.get(ref), 0)) / phrase.length);
      });
      return scores;
    };
    const same = (a, b) => a.length === b.length && a.every((word, n) => word === b[n]);

    // The subjects of a question: each is a list of phrases, the asked one first and then what means the same.
    const subjects = (asked) => {
      const found = [];
      for (let at = 0; at < asked.length;) {
        let taken = 1, group;
        for (const one of synonyms) {
          for (const phrase of one) {
            if (phrase.length >= taken && (!group || phrase.length > taken) && same(phrase, asked.slice(at, at + phrase.length))) [taken, group] = [phrase.length, one];
          }
        }
        const phrase = asked.slice(at, at + taken);
        if (group) found.push([phrase, ...group.filter((other) => !same(other, phrase))]);
        else if (!STOP.has(phrase[0])) found.push([phrase]);
        at += taken;
      }
      return found.length ? found : asked.map((word) => [[word]]);
    };

    const search = (text) => {
      const asked = words(text).slice(0, 60);
      if (!asked.length) return [];
      const scores = new Map();
      let all = 0;
      for (const [own, ...others] of subjects(asked)) {
        const best = lookAll(own);
        const like = new Map(best);
        for (const other of others) lookAll(other).forEach((score, ref) => like.set(ref, Math.max(like.get(ref) || 0, score * 0.8)));
        const weight = Math.log(1 + rows.length / (1 + like.size)); // a rare word tells more
        all += weight;
        like.forEach((score, ref) => {
          const [sum, met] = scores.get(ref) || [0, 0];
          scores.set(ref, [sum + score, met + weight]);
        });
      }
      const whole = ` ${asked.join(" ")} `;
      const code = CODES.find((c) => whole === ` ${words(c).join(" ")} `);
      const score = (ref) => {
        const [, , heading, kind, body] = rows[ref];
        const [sum, met] = scores.get(ref);
        // Who pastes an error, or types its code or a heading, wants just that.
        let first = pasted(whole, fixed[ref]);
        if (code && kind === "error") first = heading.startsWith(code) ? 2 : body.includes(code) ? 1 : 0;
        const typed = asked.length > 1 && headings[ref].includes(whole) ? 3 : 1;
        return [first, sum * (met / all) ** 2 * typed, rows[ref]];
      };
      return [...scores.keys()].map(score).sort((a, b) => b[0] - a[0] || b[1] - a[1]).slice(0, 30).map(([, , row]) => row);
    };
    // The words to show in a result.
    const wanted = (text) => [...new Set(subjects(words(text)).flat(2))].map((word) => (stem(word).length > 3 ? stem(word) : word));
    return { search, wanted };
  };
  return Object.assign(make, { synonyms: SYNONYMS });
})();
