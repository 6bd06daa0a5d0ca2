namespace Triptych.Collect.Scrape;

/// <summary>Experimental parts of scraping, which are off unless the configuration names them.</summary>
/// <param name="CreatedAsStarts">
/// <c>st-storage</c>: the <c>_created</c> lines of OpenMetrics are the start times of other series, and targets are asked for the protobuf format first, which
/// has start times of its own.
/// </param>
/// <param name="TypeAndUnitLabels"><c>type-and-unit-labels</c>: type and unit of a metric are labels of its series.</param>
public readonly record struct ScrapeFeatures(bool CreatedAsStarts, bool TypeAndUnitLabels);
