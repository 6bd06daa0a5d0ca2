namespace Triptych.Metrics.Import;

/// <summary>Gives series to <see cref="MetricImport"/>: each once, ordered by metric name, then by the bytes of their canonical labels. One thread.</summary>
public interface IImportSource
{
    /// <summary>Fills in the next series; false at the end. Samples outside of the range that is being imported may be given; they are left out.</summary>
    bool TryRead(ImportedSeries series);
}
