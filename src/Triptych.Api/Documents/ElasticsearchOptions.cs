using Triptych.Ingest.Documents;

namespace Triptych.Api.Documents;

/// <summary>How Elasticsearch's bulk API is answered.</summary>
/// <param name="Documents">Which fields say what.</param>
/// <param name="Version">The version of Elasticsearch that shippers are told.</param>
public sealed record ElasticsearchOptions(DocumentOptions Documents, string Version);
