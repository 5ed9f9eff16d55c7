import { reviewsOf } from "./admission/hpaProblems.ts";
import { createAdmission } from "./admission/reviewHandler.ts";
import { serveWebhook } from "./admission/webhookServer.ts";
import { createAnticipations } from "./anticipations.ts";
import { createHealth } from "./api/health.ts";
import { createApiServer } from "./api/server.ts";
import { createAuthenticator, type Trusted } from "./auth/authenticate.ts";
import { createAuthorizer } from "./auth/authorize.ts";
import { peerOf } from "./auth/clientCertificate.ts";
import { watchFrontProxyConfig } from "./auth/frontProxyWatch.ts";
import { createFrontProxyCheck } from "./auth/requestHeader.ts";
import { createTokenReviewer } from "./auth/tokenReview.ts";
import { within } from "./clock.ts";
import { connectCluster } from "./connectCluster.ts";
import { connectReadings } from "./connectReadings.ts";
import { besideRules, connectRules, mayServeOne, rulesInApi } from "./connectRules.ts";
import { withoutServer } from "./directReadings.ts";
import { DRAIN_NOTICE_MS, drain, signalled } from "./drain.ts";
import { createHpaEvents } from "./events/hpaEvents.ts";
import { createRecorder } from "./events/recorder.ts";
import { createMetricReader, type Listener } from "./externalMetrics.ts";
import { tellFirstList, tellMissingSources } from "./firstList.ts";
import { FIRST_READINGS_MS, tryFirstReadings } from "./firstReadings.ts";
import { parseFlags } from "./flags/flags.ts";
import { hasOwnDialect } from "./flags/prometheusServers.ts";
import { createMetricRegistry } from "./hpas/metricRegistry.ts";
import type { HpaRules } from "./hpas/readHpaMetrics.ts";
import { admitted } from "./hpas/tenantLimits.ts";
import { createHpaWatch, tell } from "./hpas/watch.ts";
import type { Log } from "./kubernetes/log.ts";
import { pause } from "./kubernetes/pause.ts";
import { connectDelegates } from "./neighbourEvents.ts";
import { createObjectMetrics, joinCustomMetrics } from "./objectMetrics.ts";
import { createRequestLog } from "./requestLog.ts";
import type { RuleHpas } from "./rules/askers.ts";
import { apiServicesOf } from "./serving/apiService.ts";
import { createCaBundleContests } from "./serving/caBundleContest.ts";
import { createMissingApi } from "./serving/missingApi.ts";
import { expiryOf } from "./serving/pem.ts";
import { serveCertificate } from "./serving/serveCertificate.ts";
import { makeServingPair, type ServingCertificate } from "./serving/servingCertificate.ts";
import { beyondMaximum } from "./status/anticipated.ts";
import { createRegistry } from "./status/metricsServer.ts";
import { createRecords } from "./status/records.ts";
import { startMetrics, startStatus } from "./status/startServers.ts";
import { connectTakeOver } from "./takeOver/connectTakeOver.ts";

/**
 * Runs the adapter until SIGTERM or SIGINT. Resolves after the drain. Rejects only when serving is impossible: invalid
 * flags, an unusable kubeconfig or a port in use. For everything else, the adapter logs the problem and retries.
 */
export async function serve(argv: readonly string[], log: Log): Promise<void> {
  const flags = parseFlags(argv);
  for (const sentence of flags.warnings) log.warn({ code: "ASM_FLAG_UNUSED" }, sentence);
  const kubernetes = connectCluster(flags);
  const clock = { monotonic: () => performance.now(), wall: () => Date.now() };
  const sources = connectReadings(flags, { kubernetes, clock, log });
  const { prometheus, direct, readings, windowChecks } = sources;
  const hpasOfRules: RuleHpas = {
    askedOfRule: (asked) => metricRegistry.askedOfRule(asked),
    troubled: (...about) => listener.troubled(...about),
    well: (...about) => listener.well(...about),
  };
  const ofRules = connectRules(flags, { kubernetes, clock, log, prometheus, hpas: hpasOfRules });
  const rules: HpaRules = {
    checkSpec: (spec) => withoutServer(spec, prometheus.check(spec.server), direct !== undefined),
    admit: (namespace, spec) => admitted(namespace, spec, flags),
    hasOwnDialect: (server) => hasOwnDialect(flags, server),
    maxMetricsPerHpa: flags.maxMetricsPerHpa,
    servesObjects: flags.servesCustomMetrics,
    servesRules: ofRules !== undefined,
    isServedElsewhere: (namespace, metric) =>
      ofRules?.mayServe(metric.name) === true || delegates.mayServe(namespace, metric),
  };
  const metricRegistry = createMetricRegistry({
    ...rules,
    ...(flags.maxMetricsPerNamespace === undefined ? {} : { maxMetricsPerNamespace: flags.maxMetricsPerNamespace }),
    onAdd: readings.acquire,
    onRemove: readings.release,
    onRoom(hpaMetrics) {
      tell(hpaMetrics, log);
      events.asked(hpaMetrics);
    },
  });
  const recorder = createRecorder(kubernetes, log, clock.monotonic);
  const uidOf = (hpa: string) => metricRegistry.hpaMetrics(hpa)?.hpa.uid;
  const events = createHpaEvents({
    uidOf,
    post: recorder.post,
    clock,
    // With delegates, the read itself shows whether anybody serves the metric.
    untold: new Set(flags.disregardIncompatibleHpas || flags.delegates.length > 0 ? ["ASM_METRIC_NOT_SERVED"] : []),
  });
  const delegates = connectDelegates(flags.delegates, {
    ...{ kubernetes, clock, metricRegistry, events, log },
    namespace: flags.servingService.namespace,
  });
  const hasDelegates = flags.delegates.length > 0;
  // A replica without the lists would answer that nobody serves the metrics of its neighbours.
  const delegateLists = within(delegates.listed(), FIRST_READINGS_MS);
  const records = createRecords(metricRegistry.hpaMetrics, clock, (hpa) => mayServeOne(hpa, ofRules, hasDelegates));
  const listener: Listener = {
    served: records.served,
    troubled(...about) {
      events.troubled(...about);
      records.troubled(...about);
    },
    well(hpa, key, words) {
      events.well(hpa, key, words);
      records.well(hpa, key);
    },
  };
  const anticipations = createAnticipations({
    ...{ metricRegistry, readings, prometheus, listener, events, clock },
    beyondMaximum(hpa, spec) {
      const record = records.of(hpa);
      return record && beyondMaximum(record, spec);
    },
  });
  const lists = ["delegate-lists", "rule-lists"] as const;
  const health = createHealth(["hpas", "front-proxy", "serving-certificate", "first-readings", ...lists]);

  const stop = new AbortController();
  const draining = new AbortController();
  const apiServices = apiServicesOf(flags);
  const contests = createCaBundleContests(apiServices, clock.monotonic);
  const missingApi = createMissingApi(apiServices, clock.monotonic);
  let authorities: readonly string[] | undefined;
  const takeOver = connectTakeOver(flags, {
    ...{ kubernetes, clock, log, contests, signal: stop.signal },
    authorities: () => authorities,
  });
  let trusted: Trusted = {};
  const isFrontProxy = createFrontProxyCheck();
  const service = { serviceName: flags.servingService.name, namespace: flags.servingService.namespace };
  // A temporary certificate, so that probes work until the replicas share one.
  const momentary = (await makeServingPair(service, clock.wall())).serving;
  let servingExpiresAt = expiryOf(momentary.cert);
  let watchRestarts = 0;
  const watch = createHpaWatch(kubernetes, metricRegistry, rules, {
    ...{ log, events, records },
    onSynced: () => onSynced(),
    onRestart: () => watchRestarts++,
  });
  const { resourceNames: names } = sources;
  const objects = createObjectMetrics({ metricRegistry, readings, names, isSynced: watch.isSynced, listener });
  const api = createApiServer(
    {
      metricNames: () => metricRegistry.metricNames(),
      ...(hasDelegates ? { delegates } : {}),
      ...rulesInApi(ofRules, metricRegistry),
      ...(flags.servesCustomMetrics ? { custom: joinCustomMetrics(objects, ofRules?.custom) } : {}),
      readMetric: createMetricReader(metricRegistry, readings, watch.isSynced, listener, windowChecks.stateOf),
      namespaceMetrics: (namespace) => metricRegistry.namespaceMetrics(namespace),
      isFrontProxy(socket) {
        const peer = peerOf(socket);
        return peer !== undefined && trusted.frontProxy !== undefined && isFrontProxy(peer, trusted.frontProxy);
      },
      identify: createAuthenticator(() => trusted, createTokenReviewer(kubernetes)),
      authorize: createAuthorizer(kubernetes),
      health: (check) => health.failing(check),
      log: createRequestLog(log, clock.monotonic),
    },
    momentary,
  );
  const setCertificate = (certificate: ServingCertificate) => {
    api.setCertificate(certificate);
    servingExpiresAt = expiryOf(certificate.cert);
  };
  const port = await api.listen(flags.securePort, flags.bindAddress);
  log.info({ server: kubernetes.server }, `Listening on https://${flags.bindAddress}:${port}.`);
  const closeMetrics = await startMetrics(
    flags,
    createRegistry({
      metricRegistry,
      readings,
      prometheus,
      direct,
      events: recorder.counts,
      delegates: delegates.states,
      rules: ofRules?.state,
      ...{ takeOver: takeOver.state, contests, missingApi },
      watchRestarts: () => watchRestarts,
      servingExpiresAt: () => servingExpiresAt,
    }),
    log,
  );
  const closeStatus = await startStatus(
    flags,
    {
      ...metricRegistry,
      records,
      periodsWithHistory: anticipations.periodsWithHistory,
      delegates: delegates.states,
      ...(hasDelegates || ofRules ? { seen: besideRules(ofRules, delegates.seen) } : {}),
      ...{ takeOver: takeOver.state, contests, missingApi },
      rules: ofRules,
      isSynced: () => health.isReady("hpas"),
      now: clock.wall,
    },
    log,
  );

  const trust = (next: Trusted) => {
    trusted = next;
    if (next.frontProxy) health.ready("front-proxy");
  };
  const onSynced = () => {
    if (health.isReady("hpas")) return;
    tellFirstList(metricRegistry, log);
    void delegateLists.then(() => tellMissingSources(metricRegistry, flags.missingSources, delegates, log));
    health.ready("hpas");
    const metrics = [...metricRegistry.allHpaMetrics()].flatMap(({ hpa: { namespace }, specs }) =>
      specs.flatMap((spec) => (spec.isObserved ? [] : { spec, namespace })),
    );
    void tryFirstReadings(metrics, readings, stop.signal).then(() => health.ready("first-readings"));
  };
  const answerReview = createAdmission(
    reviewsOf(metricRegistry, rules),
    // With a client CA, only the API server can connect.
    (address) => flags.admissionWebhook?.files.clientCa !== undefined || api.hasServed(address),
  );
  const parts = [
    watch.run(stop.signal),
    recorder.run(stop.signal),
    windowChecks.run(stop.signal),
    anticipations.run(stop.signal),
    delegates.run(stop.signal),
    ...(direct ? [direct.run(stop.signal)] : []),
    ...(ofRules ? [ofRules.run(stop.signal)] : []),
    takeOver.run(stop.signal, draining.signal),
    watchFrontProxyConfig(kubernetes, log, trust, stop.signal),
    serveCertificate(
      {
        ...{ kubernetes, flags, api: { setCertificate }, log, clock },
        onReady: () => health.ready("serving-certificate"),
        ...{ contests, missingApi },
        onAuthorities(pems) {
          authorities = pems;
        },
      },
      stop.signal,
    ),
    serveWebhook({ flags, answer: answerReview, log }, stop.signal),
  ];
  void delegateLists.then(() => health.ready("delegate-lists"));
  void within(Promise.resolve(ofRules?.listed), FIRST_READINGS_MS).then(() => health.ready("rule-lists"));
  await Promise.race([signalled(), failure(parts)]);
  draining.abort();
  log.info({}, "Draining: the adapter is not ready any more and then closes its connections.");
  // A second signal ends the wait.
  await drain(api, health, Promise.race([pause(DRAIN_NOTICE_MS, stop.signal), signalled()]));
  stop.abort();
  closeMetrics();
  closeStatus();
  await prometheus.close();
}

/** Rejects when a part rejects. A part that resolves does not stop the adapter. */
async function failure(parts: Promise<void>[]): Promise<never> {
  await Promise.all(parts);
  return new Promise<never>(() => undefined);
}
