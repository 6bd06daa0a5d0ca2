using Triptych.Metrics.Chunks;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;
using Triptych.Storage.Heads;
using Triptych.Storage.Wal;

namespace Triptych.Metrics.Head;

/// <summary>How old and how far ahead a sample may be when it arrives.</summary>
internal sealed record TimeWindow(TimeSpan MaxAge, TimeSpan MaxFuture);

/// <summary>
/// Decides about a batch of samples: too old or too far ahead is refused; equal in series and time to what is there is one; the rest goes
/// into the head and the record. A duplicate of what is no longer
/// in this head is found when samples are merged for reading.
/// </summary>
internal sealed class MetricAppend(TimeWindow window, OverflowLedger overflow) : IAppendStep<MetricHead, MetricBatch>
{
    private const int BytesPerSample = 12;
    private const int BytesPerSeries = 64;

    private readonly AppendScratch _accepted = new();
    private readonly LabelSetWriter _labels = new();

    /// <inheritdoc/>
    public int EstimatePayloadBytes(MetricBatch batch) =>
        64 + (batch.Samples.Length * BytesPerSample) + (batch.Series.Length * BytesPerSeries) + (batch.Histograms.Count * 512);

    /// <inheritdoc/>
    public string? WhyUnavailable(MetricHead head, ReadOnlySpan<HeadGeneration<MetricHead>> frozen, TenantId tenant, MetricBatch batch) =>
        overflow.WhyFull(head, frozen, tenant) is { } full && HasUnknownSeries(head, tenant, batch) ? full : null;

    /// <inheritdoc/>
    public AppendOutcome Apply(in AppendScope<MetricHead> scope, MetricBatch batch)
    {
        // Nobody becomes a tenant by sending nothing.
        if (batch.SampleCount + batch.Exemplars.Length + batch.Metadata.Count == 0) return new AppendOutcome(0, 0, []);
        _accepted.Clear();
        var refusals = new RefusalCount();
        var oldest = scope.ReceivedUnixMs - (long)window.MaxAge.TotalMilliseconds;
        var newest = scope.ReceivedUnixMs + (long)window.MaxFuture.TotalMilliseconds;
        lock (scope.Head.Gate)
        {
            if (!scope.Head.HasRoomFor(scope.Tenant)) return new AppendOutcome(0, 0, [TooManyTenants(batch)]);
            var run = new Run(batch, scope.Head, scope.Tenant, scope.Segment, _accepted, _labels, refusals, oldest, newest);
            try
            {
                run.TakeSamples();
                run.TakeHistograms();
                run.TakeExemplars();
                run.TakeMetadata();
            }
            catch (MemoryBudgetExceededException e)
            {
                // All samples may be in, and an exemplar or metadata is what there was no room for.
                refusals.Add("memory_limit", e.Message, Math.Max(1, batch.SentCount - run.Decided));
            }

            if (run.Tenant.IsKnown)
            {
                run.Tenant.Publish(run.MinTimeMs, run.MaxTimeMs);
                MetricRecord.Write(scope.Payload, _accepted, run.Tenant);
                overflow.Note(scope.Tenant, scope.Head, run.Tenant);
            }

            return new AppendOutcome(run.Accepted, run.Duplicates, refusals.ToList())
            {
                Histograms = run.Histograms,
                Exemplars = run.Exemplars,
                Times = TimesOf(run, _accepted),
            };
        }
    }

    /// <summary>Whether a batch has a series that is not among those within the tenant's limit.</summary>
    private bool HasUnknownSeries(MetricHead head, TenantId tenant, MetricBatch batch)
    {
        var known = head.Find(tenant)!;
        foreach (ref readonly var entry in batch.Series)
        {
            if (entry.IsWire && known.FindWire(entry.Hash) is not null) continue;
            if (batch.ReadLabels(entry, _labels, out var canonical) is not null) continue;
            if (known.Find(canonical, entry.IsWire ? XxHash64.Compute(canonical) : entry.Hash.Hi) is null) return true;
        }

        return false;
    }

    // Exemplars are asked for by time too, and theirs may lie outside of what the samples span.
    private static RecordTimes TimesOf(Run run, AppendScratch accepted)
    {
        var times = new RecordTimes(run.MinTimeMs, run.MaxTimeMs);
        foreach (var exemplar in accepted.Exemplars) times = times.With(exemplar.TimestampMs);
        return times;
    }

    private static Refusal TooManyTenants(MetricBatch batch) => new(
        "too_many_tenants", Math.Max(1, batch.SentCount), "the head has as many tenants as it takes, and this one is not among them");

    /// <summary>One batch while it is decided.</summary>
    private sealed class Run(
        MetricBatch batch,
        MetricHead head,
        TenantId tenantId,
        long segment,
        AppendScratch accepted,
        LabelSetWriter labels,
        RefusalCount refusals,
        long oldestMs,
        long newestMs)
    {
        private const int Unresolved = -1;
        private const int Invalid = -2;

        private readonly int[] _numbers = accepted.Numbers(batch.Series.Length, Unresolved);

        /// <summary>Where what the tenant sends goes.</summary>
        public TenantIntake Tenant { get; } = new(head, tenantId);

        /// <summary>Samples that are in now and that the client sent; those of series that we made ourselves are not among them.</summary>
        public long Accepted { get; private set; }

        public long Duplicates { get; private set; }

        public long Histograms { get; private set; }

        public long Exemplars { get; private set; }

        public long Decided { get; private set; }

        public long MinTimeMs { get; private set; } = long.MaxValue;

        public long MaxTimeMs { get; private set; } = long.MinValue;

        public void TakeSamples()
        {
            var all = batch.Series;
            Tenant.FindWire(all, _numbers, Unresolved);

            // Where some samples have start times, those that have none have to be told apart; where none has, nothing is looked at.
            var special = batch.HasStarts || Tenant.HasStarts ? 1 : 0;
            foreach (ref readonly var sample in batch.Samples)
            {
                var sent = all[sample.Series].IsSynthetic ? 0 : 1;
                if (IsInWindow(sample.TimestampMs, sample.Series) && TryResolve(sample.Series, out var series))
                {
                    if ((sample.Detail | special) != 0)
                    {
                        TakeSpecial(sample, series, sent);
                    }
                    else
                    {
                        if (IsTaken(Tenant.Append(series, sample.TimestampMs, sample.Value), sample, sent))
                            Note(series, sample.TimestampMs, sample.Value);
                    }
                }

                Decided += sent;
            }
        }

        private void TakeSpecial(in SampleEntry sample, int series, int sent)
        {
            if (sample.IsChange)
            {
                if (TakeChange(sample, series)) Accepted++;
                return;
            }

            if (sample.ZeroBeforeMs > 0)
            {
                if (TakeGrowth(sample, series)) Accepted++;
                return;
            }

            var startMs = batch.StartOf(sample);
            if (!IsTaken(Tenant.Append(series, sample.TimestampMs, sample.Value, startMs), sample, sent)) return;
            if (startMs != 0) accepted.Starts.Add((accepted.Samples.Count, startMs));
            Note(series, sample.TimestampMs, sample.Value);
        }

        /// <summary>Counts a sample as it was placed; false where there is nothing to note of it.</summary>
        private bool IsTaken(SamplePlace place, in SampleEntry sample, int sent)
        {
            if (place == SamplePlace.Conflict)
            {
                if (sent > 0) RefuseConflict(sample.Series, sample.TimestampMs);
                return false;
            }

            Accepted += sent;
            if (place != SamplePlace.Duplicate) return true;
            Duplicates += sent;
            return false;
        }

        /// <summary>
        /// Takes a counter's growth as the total that it comes to. What was counted before is the newest sample in this head, as a replay finds it again; where
        /// there is none, or none that is finite, the total begins anew at zero, which rates see as a counter that started again: nothing that
        /// was counted is lost.
        /// </summary>
        private bool TakeGrowth(in SampleEntry sample, int series)
        {
            var tenant = Tenant;
            var lastMs = tenant.RangeOf(series).MaxTimeMs;
            if (sample.TimestampMs == lastMs)
            {
                Duplicates++;
                return true;
            }

            if (sample.TimestampMs < lastMs)
            {
                RefuseGrowth(sample, lastMs);
                return false;
            }

            var total = tenant.NewestFloatOf(series) is { } newest && double.IsFinite(newest) ? newest : (double?)null;
            var grown = (total ?? 0) + sample.Value;
            if (!double.IsFinite(grown))
            {
                RefuseDelta(sample);
                return false;
            }

            if (total is null)
            {
                var zeroMs = Math.Max(sample.TimestampMs - sample.ZeroBeforeMs, Math.Max(lastMs, oldestMs - 1) + 1);
                if (zeroMs < sample.TimestampMs) Keep(series, zeroMs, 0);
            }

            Keep(series, sample.TimestampMs, grown);
            return true;

            void Keep(int into, long timestampMs, double value)
            {
                tenant.Append(into, timestampMs, value, startMs: 0);
                Note(into, timestampMs, value);
            }
        }

        /// <summary>Takes a change as the sum that all changes have come to, whichever heads and restarts lie between them.</summary>
        private bool TakeChange(in SampleEntry sample, int series)
        {
            var sums = Tenant.Sums;
            if (!Tenant.TryBringIn(ref series, sums.HasRoom))
            {
                RefuseSum(sample.Series);
                return false;
            }

            var isKnown = sums.All.TryGetValue(series, out var before);
            var lastMs = Math.Max(isKnown ? before.LastMs : long.MinValue, Tenant.RangeOf(series).MaxTimeMs);
            if (sample.TimestampMs == lastMs)
            {
                Duplicates++;
                return true;
            }

            if (sample.TimestampMs < lastMs)
            {
                RefuseGrowth(sample, lastMs);
                return false;
            }

            if (!isKnown && !sums.HasRoom)
            {
                RefuseSum(sample.Series);
                return false;
            }

            // One that is not a number any more would stay so for ever.
            var total = (double.IsFinite(before.Total) ? before.Total : 0) + sample.Value;
            if (!double.IsFinite(total))
            {
                RefuseDelta(sample);
                return false;
            }

            sums.Set(series, new RunningSum(total, sample.TimestampMs));
            var isTaken = false;
            try
            {
                Tenant.Append(series, sample.TimestampMs, total, startMs: 0);
                isTaken = true;
            }
            finally
            {
                if (!isTaken && isKnown) sums.Set(series, before);
                else if (!isTaken) sums.Remove(series);
            }

            accepted.Sums.Add(accepted.Samples.Count);
            Note(series, sample.TimestampMs, total);
            return true;
        }

        // In the words of Prometheus, which senders look for.
        private void RefuseConflict(int entry, long timestampMs) => refusals.Add(
            "duplicate_sample", () => $"duplicate sample for timestamp {timestampMs} ms with another value: {NameOf(entry)}; the first one stays");

        private void RefuseSum(int entry) => refusals.Add(
            "too_many_delta_sums",
            () => $"{NameOf(entry)} has delta temporality and is not monotonic, of which {RunningSums.MaxSeries} series of a tenant, "
                + $"and {RunningSums.MaxSeriesOfAll} of all, are added up at most: send cumulative");

        private void RefuseDelta(SampleEntry sample) => refusals.Add(
            "invalid_delta",
            () => FormattableString.Invariant(
                $"delta {sample.Value} of {NameOf(sample.Series)} at {sample.TimestampMs} ms: with it the sum is not a finite number any more"));

        private void RefuseGrowth(SampleEntry sample, long lastMs) => refusals.Add(
            "delta_out_of_order",
            () => $"delta of {NameOf(sample.Series)} until {sample.TimestampMs} ms came after one until {lastMs} ms");

        private void Note(int series, long timestampMs, double value)
        {
            Define(series);
            accepted.Samples.Add(new AcceptedSample(series, timestampMs, value));
            Extend(timestampMs);
        }

        public void TakeHistograms()
        {
            foreach (var entry in batch.Histograms)
            {
                if (IsInWindow(entry.TimestampMs, entry.Series) && IsWritable(entry) && TryResolve(entry.Series, out var series))
                {
                    if (entry.DeltaFromMs is { } fromMs) TakeZeroBefore(entry, fromMs, series);
                    if (!Tenant.AppendHistogram(series, entry.TimestampMs, entry.Histogram, entry.StartMs))
                    {
                        Duplicates++;
                    }
                    else
                    {
                        Define(series);
                        accepted.Histograms.Add((series, entry));
                        Extend(entry.TimestampMs);
                    }

                    Histograms++;
                    Accepted++;
                }

                Decided++;
            }
        }

        // The first of a head, and one whose interval begins after the sample before, have nothing that a rate could count them from.
        private void TakeZeroBefore(in HistogramEntry delta, long fromMs, int series)
        {
            var lastMs = Tenant.RangeOf(series).MaxTimeMs;
            var isKnown = fromMs > 0 && fromMs < delta.TimestampMs - 1;
            if (lastMs >= (isKnown ? fromMs : long.MinValue + 1)) return;
            var zeroMs = Math.Max(isKnown ? fromMs + 1 : delta.TimestampMs - 1, oldestMs);
            if (zeroMs >= delta.TimestampMs) return;
            var zero = delta.Histogram with
            {
                ZeroCount = 0,
                Count = 0,
                Sum = 0,
                PositiveSpans = [],
                PositiveBuckets = [],
                NegativeSpans = [],
                NegativeBuckets = [],
            };
            if (!Tenant.AppendHistogram(series, zeroMs, zero, startMs: 0)) return;
            Define(series);
            accepted.Histograms.Add((series, new HistogramEntry(delta.Series, zeroMs, zero)));
            Extend(zeroMs);
        }

        public void TakeExemplars()
        {
            foreach (ref readonly var entry in batch.Exemplars)
            {
                // An exemplar is a hint: one that is out of the window is left out without a word, as Prometheus does.
                if (entry.TimestampMs < oldestMs || entry.TimestampMs > newestMs) continue;
                // Refused already, with the samples of its series.
                if (_numbers[entry.Series] == Invalid || !TryResolve(entry.Series, out var series)) continue;
                var exemplar = Tenant.AppendExemplar(series, entry.TimestampMs, entry.Value, batch.Read(entry.Labels));
                Exemplars++;
                if (exemplar is null) continue;
                Define(series);
                accepted.Exemplars.Add(exemplar);
            }
        }

        public void TakeMetadata()
        {
            foreach (var said in batch.Metadata)
            {
                if (MetadataLimits.TooLong(said) is { } problem)
                {
                    refusals.Add("metadata_too_long", problem, 1);
                    continue;
                }

                var entry = MetadataLimits.CutHelp(said);
                if (Tenant.AddMetadata(entry)) accepted.Metadata.Add(entry);
            }
        }

        private bool IsInWindow(long timestampMs, int entry)
        {
            if (timestampMs >= oldestMs && timestampMs <= newestMs) return true;
            if (!batch.Series[entry].IsSynthetic) RefuseTime(timestampMs, entry);
            return false;
        }

        // The refusals are methods of their own: what a lambda captures is allocated where its method begins, and these would be hot.
        private void RefuseTime(long timestampMs, int entry)
        {
            var isOld = timestampMs < oldestMs;
            refusals.Add(
                isOld ? "too_old" : "too_far_in_future",
                () => $"sample of {NameOf(entry)} at {timestampMs} ms is "
                    + (isOld ? $"older than {oldestMs} ms" : $"later than {newestMs} ms"));
        }

        private void RefuseLabels(int entry) =>
            refusals.Add("invalid_labels", () => batch.ReadLabels(batch.Series[entry], labels, out _) ?? "");

        private bool IsWritable(HistogramEntry entry)
        {
            if (HistogramCodec.IsWritable(entry.Histogram)) return true;
            refusals.Add(
                "too_many_buckets",
                () => $"histogram of {NameOf(entry.Series)} has more than "
                    + $"{HistogramCodec.MaxEntries} spans, buckets or bounds");
            return false;
        }

        /// <summary>The number of a series in the head; false, and refused, where its labels are wrong.</summary>
        private bool TryResolve(int entry, out int series)
        {
            ref var number = ref _numbers[entry];
            if (number == Unresolved) number = Find(batch.Series[entry]);
            series = number;
            if (series != Invalid) return true;
            RefuseLabels(entry);
            return false;
        }

        private int Find(in SeriesEntry entry)
        {
            if (entry.IsWire && Tenant.FindWire(entry.Hash) is { } known) return known;
            if (batch.ReadLabels(entry, labels, out var canonical) is not null) return Invalid;
            if (!entry.IsWire) return Tenant.FindOrAdd(canonical, entry.Hash.Hi);
            var series = Tenant.FindOrAdd(canonical, XxHash64.Compute(canonical));
            Tenant.RememberWire(series, entry.Hash);
            return series;
        }

        private string NameOf(int entry) => batch.ReadLabels(batch.Series[entry], labels, out var canonical) is { } problem ? problem : LabelText.Of(canonical);

        private void Define(int series)
        {
            if (Tenant.TryDefineIn(series, segment)) accepted.Defined.Add(series);
        }

        private void Extend(long timestampMs)
        {
            MinTimeMs = Math.Min(MinTimeMs, timestampMs);
            MaxTimeMs = Math.Max(MaxTimeMs, timestampMs);
        }
    }
}
