drop table neuronx.sent_message;
