using Triptych.Model.Metrics;

namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>Takes what the records of a write-ahead log say. Series are named by the numbers that the log gives them.</summary>
public interface IWalRecords
{
    /// <summary>A number stands for a series from now on; the labels are canonical and valid during the call.</summary>
    void Series(ulong series, ReadOnlySpan<byte> labels);

    /// <summary>A float.</summary>
    void Sample(ulong series, long timestampMs, double value);

    /// <summary>A native histogram.</summary>
    void Sample(ulong series, long timestampMs, FloatHistogram histogram);

    /// <summary>Samples of a series are deleted.</summary>
    void Deleted(ulong series, DeletedRange range);

    /// <summary>An exemplar; its labels are canonical and valid during the call.</summary>
    void Exemplar(ulong series, long timestampMs, double value, ReadOnlySpan<byte> labels);

    /// <summary>What is known about the metric of a series.</summary>
    void Metadata(ulong series, string type, string unit, string help);
}
